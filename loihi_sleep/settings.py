"""What all configurations have in common: what is accepted as a number, and in which range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from loihi_sleep.complaints import first_complaint

# A number whose size is between 0 and this is a mistake of typing in every setting.
LEAST_SIZE = 1e-9


class Settings(BaseModel):
    """Base of configurations, whole ones and their parts.

    Numbers are numbers: a boolean or a text is not taken for one, nor a number for a boolean, nor
    ``3.0`` for an integer, and none may be NaN or infinite. A list is taken for a tuple, and a
    scalar of NumPy for the number that it is.

    Raises
    ------
    ValueError
        One line that names the first wrong field, its value and what would be right.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    if not TYPE_CHECKING:  # which knows the fields without it

        def __init__(self, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise ValueError(first_complaint(error, type(self))) from None

        # Parts of a configuration are checked with the whole, which says where each of them stands.
        __init__.__pydantic_base_init__ = True

    @model_validator(mode="before")
    @classmethod
    def _plain_values(cls, values: object) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: _plain(value) for name, value in values.items()}

    @field_validator("*", mode="after")
    @classmethod
    def _no_tiny_numbers(cls, value: object) -> Any:
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, float) and 0 < abs(number) < LEAST_SIZE:
                raise PydanticCustomError(
                    "tiny_number",
                    "Input should be 0 or at least {least} in size",
                    {"least": f"{LEAST_SIZE:g}"},
                )
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _text_that_can_be_written(cls, value: object) -> Any:
        if isinstance(value, str) and not is_plain_text(value):
            raise PydanticCustomError("text", "Input should have no control characters")
        return value


def is_plain_text(text: str) -> bool:
    """Tell whether a text can be written to a file and to a terminal as it is."""
    return all(character.isprintable() or character == " " for character in text)


def _plain(value: object) -> Any:
    if isinstance(value, list):
        return tuple(_plain(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value
