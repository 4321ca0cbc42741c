"""Networks from and for other tools: lava-dl's ``.net`` files, and NIR.

>>> from loihi_sleep import exchange
>>> network = exchange.read_net("trained.net").plastic("sleep_hebb")

What a file says and we cannot, or the other way round, is refused by the name of its layer.
"""

from loihi_sleep.exchange.netx_in import read_net
from loihi_sleep.exchange.netx_out import write_net
from loihi_sleep.exchange.nir_in import read_nir
from loihi_sleep.exchange.nir_out import write_nir

__all__ = ["read_net", "read_nir", "write_net", "write_nir"]
