"""Compiled functions of learning rules, kept on disk from run to run.

numba caches a function beside the file that it comes from, so each rule is written to a file of its
own in the user's cache folder, named after everything that its code depends on.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from loihi_sleep.engine import rule_code


def cache_folder() -> Path:
    """Folder of generated code: ``LOIHI_SLEEP_CACHE``, or one in the user's cache."""
    chosen = os.environ.get("LOIHI_SLEEP_CACHE")
    if chosen:
        return Path(chosen) / "rules"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "loihi-sleep" / "rules"


@cache
def compiled(text: str) -> Any:
    """Compile the text of a rule, or load it from the cache.

    Parameters
    ----------
    text : str
        From :func:`loihi_sleep.engine.rule_code.source`.

    Returns
    -------
    CFunc
        numba's; keep it as long as its address is in use.
    """
    name = f"rule_{hashlib.sha256((_kernel_digest() + text).encode()).hexdigest()[:24]}"
    path = _folder() / f"{name}.py"
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_text(text)
        partial.replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise AssertionError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    # numba looks modules up by name when it loads from its cache.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.rule


@cache
def _folder() -> Path:
    """Return a folder that can be written: the cache, or one for this process alone."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        if os.access(cache_folder(), os.W_OK):
            return cache_folder()
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="loihi-sleep-rules-"))


@cache
def _kernel_digest() -> str:
    """Digest of what the code of rules calls, which numba does not look at."""
    from loihi_sleep.engine.kernels import accumulator
    from processes.kernels import philox

    digest = hashlib.sha256()
    for module in (accumulator, philox):
        digest.update(Path(inspect.getfile(module)).read_bytes())
    return digest.hexdigest()


def address(rule: rule_code.RuleText) -> tuple[int, Any]:
    """Address of the function of a rule, and the object that keeps it alive."""
    function = compiled(rule_code.source(rule))
    return function.address, function
