"""What experiments with classified data learn: one configuration, and one way to load it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from loihi_sleep.configuration import Folder, name_settings
from loihi_sleep.datasets import DATA_SETS, DataSet, Stream, load_stream
from loihi_sleep.datasets.stream import group_classes, order_classes
from loihi_sleep.experiments.study import Loaded
from loihi_sleep.processes.checks import SEED_MAX
from loihi_sleep.settings import Settings

_Order = Annotated[int, Field(ge=0, le=SEED_MAX)]
_Class = Annotated[int, Field(ge=0, le=9999)]
_Classes = Annotated[tuple[_Class, ...], Field(max_length=10_000)]
_Size = Annotated[int, Field(ge=1, le=10_000)]
_Sizes = Annotated[tuple[_Size, ...], Field(min_length=1, max_length=10_000)]


class ClassifiedData(Settings):
    """A data set, and how its classes come as tasks."""

    name: str = Field(
        "mnist", max_length=100, description="a data set: `loihi-sleep list` names them"
    )
    folder: Folder | None = Field(
        None, description="where the data lie; else LOIHI_SLEEP_DATA, else they are downloaded"
    )
    classes_per_task: _Size | _Sizes = Field(
        2, description="classes that each task brings; the last may bring fewer"
    )
    task_order: _Order | _Classes = Field(
        0, description="0: classes in their order; a number: a random order; or the classes"
    )
    task_images: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description="training images of a task, all that there are if left out; a sixth more is "
        "for validation",
    )

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in DATA_SETS:
            raise PydanticCustomError(
                "data_set",
                "Input should be one of {names}",
                {"names": ", ".join(DATA_SETS.names())},
            )
        return name

    @model_validator(mode="after")
    def _tasks_can_be_made(self) -> ClassifiedData:
        assert self.tasks
        return self

    @property
    def data_set(self) -> DataSet:
        """The data set of that name."""
        return DATA_SETS[self.name]

    @property
    def tasks(self) -> tuple[tuple[int, ...], ...]:
        """Classes of each task."""
        order = order_classes(self.task_order, self.data_set.classes)
        return group_classes(order, self.classes_per_task)

    @property
    def plane(self) -> tuple[int, int] | None:
        """(rows, columns) of an input, its planes one above the other; None: not known yet."""
        if self.data_set.image is None:
            return None
        planes, rows, columns = self.data_set.image
        return planes * rows, columns

    @property
    def folder_unused(self) -> str | None:
        """Why no folder is read; None where one is."""
        if self.data_set.reads_folder:
            return None
        return f"data.name is {self.name!r}, which are bundled"

    def load(self, seed: int) -> Stream:
        """Load the data.

        Parameters
        ----------
        seed : int
            Seed of the run; only a data set of which each seed has a split of its own takes note.

        Raises
        ------
        ValueError
            Data that are missing or damaged, or a setting that does not fit them, by its name.
        """
        with name_settings("data"):
            return load_stream(
                self.name,
                classes_per_task=self.classes_per_task,
                task_order=self.task_order,
                task_images=self.task_images,
                folder=self.folder,
                seed=seed,
            )

    def load_for(self, seeds: Sequence[int], **about: object) -> Loaded[Stream]:
        """Load the data of all seeds of a run; `about` is for the log beside what they are."""
        first = self.load(seeds[0])
        by_seed = dict.fromkeys(seeds, first)
        if self.data_set.split_by_seed:
            by_seed |= {seed: self.load(seed) for seed in seeds[1:]}
        return Loaded(
            by_seed,
            {"name": self.name, "inputs": first.source, "tasks": first.tasks, **about},
        )
