"""Things by name: ours, those of other packages, those of a script."""

import sys

import pytest

from loihi_sleep import registry
from loihi_sleep.errors import ExtensionFailed
from loihi_sleep.registry import Registry

OWN = {"pi": "math:pi", "dumps": "json:dumps"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Put a package on the path, with entry points to what its module holds."""

    def install(content, points):
        (tmp_path / "their_things.py").write_text(content)
        metadata = tmp_path / "their_package-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n"
        )
        lines = "".join(f"{name} = their_things:{value}\n" for name, value in points.items())
        (metadata / "entry_points.txt").write_text(f"[loihi_sleep.numbers]\n{lines}")
        monkeypatch.syspath_prepend(str(tmp_path))
        registry._points_of.cache_clear()

    yield install
    registry._points_of.cache_clear()
    sys.modules.pop("their_things", None)


def numbers():
    return Registry("number", "numbers", OWN, float)


def test_ours_are_imported_when_asked_for():
    assert numbers()["pi"] == 3.141592653589793
    assert numbers().names() == ("pi", "dumps")


def test_what_is_not_there_is_named_with_what_is():
    with pytest.raises(ValueError, match="number is 'e'; it must be one of pi, dumps"):
        numbers()["e"]


def test_a_script_adds_its_own():
    ours = numbers()
    ours.register("two", 2.0)
    assert ours["two"] == 2.0
    assert "two" in ours
    with pytest.raises(ValueError, match="number 'pi' is there already"):
        ours.register("pi", 3.0)


def test_another_package_brings_its_own(package):
    package("E = 2.718", {"e": "E"})
    assert numbers()["e"] == 2.718
    assert numbers().names() == ("pi", "dumps", "e")


def test_a_package_that_fails_is_named(package):
    package("E = 1 / 0", {"e": "E"})
    with pytest.raises(
        ExtensionFailed, match=r"of package their-package \(their_things:E\) cannot"
    ):
        numbers()["e"]


def test_a_thing_of_another_kind_is_refused(package):
    package("E = 'text'", {"e": "E"})
    with pytest.raises(ExtensionFailed, match=r"\(their_things:E\) is 'text'; it must be a float"):
        numbers()["e"]


def test_a_name_of_ours_is_not_given_to_another_package(package):
    package("PI = 4.0", {"pi": "PI"})
    with pytest.raises(ExtensionFailed, match="'pi' is brought by package their-package .* ours"):
        numbers()["pi"]
    assert numbers()["dumps"]


def test_what_a_script_registers_may_be_replaced_and_is_checked():
    ours = numbers()
    ours.register("two", 2.0)
    ours.register("two", 2.5)
    assert ours["two"] == 2.5
    with pytest.raises(ValueError, match="number 'three' is '3'; it must be a float"):
        ours.register("three", "3")
