"""Data sets as streams of tasks, one registry for all of them."""

from loihi_sleep.datasets.data_set import DATA_SETS, DataSet, StreamOptions, load_stream
from loihi_sleep.datasets.stream import Samples, Stream

__all__ = ["DATA_SETS", "DataSet", "Samples", "Stream", "StreamOptions", "load_stream"]
