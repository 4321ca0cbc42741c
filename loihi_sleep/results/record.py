"""What metrics.json holds, checked before anything is made of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

DIGEST = "digest"
# Of means and deviations that are worked out again from rounded values.
_TOLERANCE = 1e-5
_DEEPEST = 4


class _Facts(BaseModel):
    """All but the metrics; what later versions add is kept."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)

    experiment: str = Field(min_length=1, max_length=100)
    preset: str = Field(min_length=1, max_length=100)
    engine: str = Field(min_length=1, max_length=100)
    engine_reason: str = Field(max_length=10_000)
    numerics: str = Field(min_length=1, max_length=100)
    seeds: list[int] = Field(min_length=1)
    config_hash: str = Field(min_length=1, max_length=100)
    version: str = Field(min_length=1, max_length=100)
    wall_s: float = Field(ge=0)
    peak_memory_mib: int | None = Field(None, ge=0)
    processor: str = Field("", max_length=1000)
    began: str = Field("", max_length=100)
    date: str = Field("", max_length=100)
    sessions: int = Field(1, ge=1, le=1_000_000)
    commit: str = Field("", max_length=100)
    versions: str = Field("", max_length=1000)
    host: str = Field("", max_length=1000)
    command: str = Field("", max_length=10_000)
    metrics: dict[str, Any]


class Metrics(dict[str, Any]):
    """Metrics by name; one that is missing is a fault of the file that they were read from.

    Parameters
    ----------
    metrics : mapping of str to Any
    source : str
        How messages call the file.
    """

    def __init__(self, metrics: Mapping[str, Any], source: str) -> None:
        super().__init__(metrics)
        self._source = source

    def __missing__(self, name: str) -> Any:
        raise ValueError(f"{self._source} has no metric {name!r}, which the report shows")


def digest_of(record: Mapping[str, Any]) -> str:
    """Hash of a record, 32 hexadecimal digits; what it holds as its digest does not count."""
    rest = {name: value for name, value in record.items() if name != DIGEST}
    text = json.dumps(rest, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def checked(record: object, source: str) -> dict[str, Any]:
    """Check what was read from a file of metrics.

    Parameters
    ----------
    record : Any
    source : str
        How messages call the file.

    Returns
    -------
    dict
        The record; its metrics are :class:`Metrics`.

    Raises
    ------
    ValueError
        Something is missing, of the wrong type, not finite, or does not go with the rest.
    """
    if not isinstance(record, dict) or not isinstance(record.get("metrics"), dict):
        raise ValueError(f"{source} is not a run's metrics: it has no 'metrics'")
    try:
        _Facts.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{source} is damaged: {field}: {first['msg'].lower()}") from None
    metrics = _checked_metrics(record["metrics"], source, "metrics", 1)
    if record.get(DIGEST, digest_of(record)) != digest_of(record):
        raise ValueError(f"{source} is damaged: its digest is that of other contents")
    return {**record, "metrics": metrics}


def _checked_metrics(metrics: dict[str, Any], source: str, path: str, depth: int) -> Metrics:
    """Check metrics; instead of one there may be several, by name."""
    made: dict[str, Any] = {}
    for name, entry in metrics.items():
        place = f"{path}.{name}"
        if not isinstance(entry, dict) or depth > _DEEPEST:
            raise ValueError(f"{source} is damaged: {place[:100]} is no metric")
        if "values" in entry:
            _check_metric(entry, f"{source} is damaged: {place[:100]}")
            made[name] = entry
        else:
            made[name] = _checked_metrics(entry, source, place, depth + 1)
    return Metrics(made, source)


def sample_sd(values: ArrayLike) -> NDArray[np.float64]:
    """Standard deviation over seeds, the first axis; 0 for a single one."""
    stacked = np.asarray(values, dtype=float)
    if len(stacked) < 2:
        return np.zeros(stacked.shape[1:])
    return np.asarray(stacked.std(axis=0, ddof=1))


def _check_metric(entry: dict[str, Any], complaint: str) -> None:
    """Refuse a mean or deviation over seeds that is not that of the values."""
    if not isinstance(entry.get("unit"), str):
        raise ValueError(f"{complaint} has no unit")
    values, mean, sd = (_numbers(entry, key, complaint) for key in ("values", "mean", "sd"))
    if values.ndim == 0 or len(values) == 0:
        raise ValueError(f"{complaint} has no values")
    deviation = sample_sd(values)
    for key, given, right in (("mean", mean, values.mean(axis=0)), ("sd", sd, deviation)):
        if given.shape != np.shape(right):
            raise ValueError(
                f"{complaint}: {key} has shape {given.shape}, and values {values.shape}"
            )
        if not np.allclose(given, right, rtol=_TOLERANCE, atol=_TOLERANCE):
            raise ValueError(f"{complaint}: {key} is not that of the values")


def _numbers(entry: dict[str, Any], key: str, complaint: str) -> NDArray[np.float64]:
    if key not in entry:
        raise ValueError(f"{complaint} has no {key}")
    try:
        array = np.array(entry[key])
    except (ValueError, OverflowError):
        array = np.array(None)
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise ValueError(f"{complaint}: {key} must be finite numbers, of one shape for all seeds")
    return array.astype(np.float64)
