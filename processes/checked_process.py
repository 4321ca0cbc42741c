"""A Lava Process that says what it is, refuses its arguments quietly, and asks how it is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from lava.magma.core.process.process import AbstractProcess

from loihi_sleep.processes.role import NO_CHIP_MODEL, Role

if TYPE_CHECKING:
    from lava.magma.compiler.executable import Executable
    from lava.magma.core.run_configs import RunConfig


class CheckedProcess(AbstractProcess):
    """Base of the Processes here.

    Lava's ``__del__`` asks for the runtime of a Process, also of one whose constructor raised
    before it had any; Python then prints a second error under the one that matters.

    ``run``, ``compile`` and ``create_runtime`` take run configurations that bring an engine of
    their own (``compile_network``) or must see a network before Lava compiles it (``prepare``).

    Attributes
    ----------
    role : Role
        What it is in a network.
    on_host : str
        Why it runs on the host where the rest of a network is on a chip; empty: it does not.
    neuron_var, weight_var : str
        Of neurons the Var that has one element a neuron; of synapses that of the weights, (post,
        pre).
    own_rule : bool
        Whether synapses learn by a rule that is not one of Loihi's.
    """

    _runtime: Any = None
    role: ClassVar[Role]
    on_host: ClassVar[str] = NO_CHIP_MODEL
    neuron_var: ClassVar[str] = "v"
    weight_var: ClassVar[str] = "weights"
    own_rule: ClassVar[bool] = False

    def compile(self, run_cfg: RunConfig, compile_config: dict[str, Any] | None = None) -> Any:
        """Compile as the run configuration says."""
        return compile_as_configured(self, run_cfg, compile_config)

    def create_runtime(
        self,
        run_cfg: RunConfig | None = None,
        executable: Executable | None = None,
        compile_config: dict[str, Any] | None = None,
    ) -> None:
        """Create the runtime that the run configuration, or what was compiled, says."""
        create_runtime_as_configured(self, run_cfg, executable, compile_config)


def compile_as_configured(
    process: AbstractProcess, run_cfg: RunConfig, compile_config: dict[str, Any] | None = None
) -> Any:
    """Compile a Process of anybody's as the run configuration says.

    Parameters
    ----------
    process : AbstractProcess
    run_cfg : RunConfig
        Lava's, or one with ``compile_network(process)`` or ``prepare(process)``.
    compile_config : dict, optional
        Lava's.

    Returns
    -------
    Executable, or object with ``install(process)``
    """
    compile_network = getattr(run_cfg, "compile_network", None)
    if compile_network is not None:
        compiled = compile_network(process)
        for member in compiled.members:
            member._is_compiled = True
        return compiled
    prepare = getattr(run_cfg, "prepare", None)
    if prepare is not None:
        prepare(process)
    return _lavas(AbstractProcess.compile)(process, run_cfg, compile_config)


def create_runtime_as_configured(
    process: AbstractProcess,
    run_cfg: RunConfig | None = None,
    executable: Executable | None = None,
    compile_config: dict[str, Any] | None = None,
) -> None:
    """Create the runtime of a Process of anybody's as the run configuration says.

    Parameters
    ----------
    process : AbstractProcess
    run_cfg : RunConfig, optional
        As of :func:`compile_as_configured`.
    executable : Executable or object with ``install(process)``, optional
        What was compiled before.
    compile_config : dict, optional
        Lava's.
    """
    compile_network = getattr(run_cfg, "compile_network", None)
    if executable is None and compile_network is not None:
        executable = compile_network(process)
    elif executable is None and hasattr(run_cfg, "prepare"):
        executable = compile_as_configured(process, run_cfg, compile_config)
    if executable is not None and hasattr(executable, "install"):
        executable.install(process)
    else:
        _lavas(AbstractProcess.create_runtime)(process, run_cfg, executable, compile_config)


def _lavas(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return Lava's own method, also where another package has put one of its own around it."""
    return getattr(method, "__wrapped__", method)
