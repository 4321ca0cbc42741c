"""Data sets as streams of tasks, one registry for all of them."""

from loihi_sleep.datasets.data_set import DATA_SETS, DataSet, Load, load_stream
from loihi_sleep.datasets.stream import Samples, Stream

__all__ = ["DATA_SETS", "DataSet", "Load", "Samples", "Stream", "load_stream"]
