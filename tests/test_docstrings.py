"""Docstrings of what users call: each parameter, what is returned, and what is raised.

Public is what the pages of the API show, what ``__all__`` of a package names, all Processes, and
what programs of the documentation and the package of ``tests/extension`` use. Sources are read, and
nothing is imported.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "loihi_sleep"
ENTRY = re.compile(r"^::: ([\w.]+)$", re.MULTILINE)
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NOTHING = ("None", "NoReturn", "Never")


@functools.cache
def tree_of(module):
    """Syntax tree of a module of ours; None where there is none of that name."""
    path = ROOT.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.exists():
            return ast.parse(file.read_text())
    return None


@functools.cache
def names_in(module):
    """What a module defines or imports, by name: a node, or module and name elsewhere."""
    found = {}
    for node in tree_of(module).body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.If) and module == PACKAGE:  # its names, for type checkers
            for each in node.body:
                found |= {alias.asname: (each.module, alias.name) for alias in each.names}
    return found


def find(module, name):
    """Follow a name to the module and the node that define it; None for what is neither."""
    if tree_of(module) is None or tree_of(f"{module}.{name}") is not None:
        return None
    found = names_in(module).get(name)
    return find(*found) if isinstance(found, tuple) else found and (module, found)


def all_of(module):
    for node in tree_of(module).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            yield from (each.value for each in node.value.elts if isinstance(each, ast.Constant))


def public_classes(module):
    return [n.name for n in tree_of(module).body if isinstance(n, ast.ClassDef) if n.name[0] != "_"]


def used_by(source):
    """Modules and names of ours that a program uses."""
    tree = ast.parse(source)
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            for alias in node.names:
                yield node.module, alias.name
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            modules |= {a.asname or a.name: a.name for a in node.names if a.name == PACKAGE}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[0] in modules:
            first, *rest = ast.unparse(node.value).split(".")
            yield ".".join([modules[first], *rest]), node.attr


def public():
    """Yield module and name of all that is public, as it is imported."""
    for page in ROOT.glob("docs/reference/api/*.md"):
        for name in ENTRY.findall(page.read_text()):
            yield name.rsplit(".", 1)
    for file in ROOT.glob("processes/*/process.py"):
        module = f"{PACKAGE}.processes.{file.parent.name}.process"
        yield from ((module, name) for name in public_classes(module))
    for file in (ROOT / PACKAGE).glob("*/__init__.py"):
        module = f"{PACKAGE}.{file.parent.name}"
        yield from ((module, name) for name in all_of(module))
    for page in ROOT.glob("docs/**/*.md"):
        for source in PROGRAM.findall(page.read_text()):
            yield from used_by(source)
    for file in ROOT.glob("tests/extension/**/*.py"):
        yield from used_by(file.read_text())


def described():
    """Docstrings that must be whole: functions, classes and their public methods, by name."""
    found = {}
    for module, name in set(map(tuple, public())):
        if (defined := find(module, name)) is None:
            continue
        module, node = defined
        found[f"{module}.{node.name}"] = node
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, FUNCTIONS) and not member.name.startswith("_"):
                    found[f"{module}.{node.name}.{member.name}"] = member
    return found


def decorators(node):
    return {ast.unparse(each).split("(")[0].split(".")[-1] for each in node.decorator_list}


def _is_no_field(annotated):
    return "ClassVar[" in annotated or "init=False" in annotated


def parameters_of(node):
    """Names that a docstring describes: of a function, or of what makes a class."""
    if isinstance(node, ast.ClassDef):
        for member in node.body:
            if isinstance(member, FUNCTIONS) and member.name == "__init__":
                return parameters_of(member)
        fields = "dataclass" in decorators(node) or {"NamedTuple"} & {
            ast.unparse(base) for base in node.bases
        }
        return [
            each.target.id
            for each in node.body
            if fields and isinstance(each, ast.AnnAssign) and not _is_no_field(ast.unparse(each))
        ]
    arguments = node.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    listed += [each for each in (arguments.vararg, arguments.kwarg) if each]
    return [a.arg for a in listed if a.arg not in ("self", "cls") and a.arg.strip("_")]


def sections_of(docstring):
    titles = [*SECTION.finditer(docstring)]
    ends = [*(title.start() for title in titles), len(docstring)][1:]
    return {t[1]: docstring[t.end() : end] for t, end in zip(titles, ends, strict=True)}


def raised_in(node):
    """Whether a function raises by itself, or checks its parameters."""
    inner = [each for each in ast.walk(node) if each is not node and isinstance(each, FUNCTIONS)]
    apart = {id(each) for function in inner for each in ast.walk(function)}
    for each in ast.walk(node):
        if id(each) in apart:
            continue
        if isinstance(each, ast.Raise) and each.exc is not None:
            name = ast.unparse(each.exc)
            if not name.startswith(("NotImplementedError", "AttributeError", "_")):
                return True
        if isinstance(each, ast.Call):
            called = ast.unparse(each.func)
            if called.startswith("checks.") and called != "checks.shown":
                return True
    return False


def lacks(node):
    """Say what the docstring of a function or class lacks."""
    docstring = ast.get_docstring(node)
    if not docstring:
        yield "docstring"
        return
    if isinstance(node, FUNCTIONS) and {"property", "cached_property"} & decorators(node):
        return
    if re.search(rf"see :meth:`[\w.]+\.{node.name}`", docstring):
        return  # what a protocol, or the class before it, says of it
    sections = sections_of(docstring)
    names = re.findall(r"^(\S.*?)(?: : |$)", sections.get("Parameters", ""), re.MULTILINE)
    told = {name.strip("*: ") for each in names for name in each.split(",")}
    if "Other Parameters" in sections:
        told.add("options")
    missing = [name for name in parameters_of(node) if name not in told and name[0] != "_"]
    if missing:
        yield f"Parameters: {', '.join(missing)}"
    if parameters_of(node) and (unknown := told - {*parameters_of(node), "options"}):
        yield f"Parameters that are not there: {', '.join(sorted(unknown))}"
    if isinstance(node, ast.ClassDef):
        made = [m for m in node.body if getattr(m, "name", "") in ("__init__", "__post_init__")]
        if any(map(raised_in, made)) and "Raises" not in sections:
            yield "Raises"
        return
    returned = ast.unparse(node.returns) if node.returns else "None"
    if returned not in NOTHING and not {"Returns", "Yields"} & set(sections):
        yield "Returns"
    if raised_in(node) and "Raises" not in sections:
        yield "Raises"


def test_public_docstrings_have_their_sections():
    incomplete = {
        name: wrong for name, node in sorted(described().items()) if (wrong := [*lacks(node)])
    }
    assert incomplete == {}


WHOLE = '''
def f(a, *, b: int = 0, **options) -> int:
    """Add.

    Parameters
    ----------
    a, b : int
        From 0.
    **options
        Others.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        One is below 0.
    """
    if a < 0:
        raise ValueError("a is below 0")
    return checks.integer("b", b, 0) + a
'''


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (("", ""), []),
        (("a, b :", "a :"), ["Parameters: b"]),
        (("a, b :", "a, b, c :"), ["Parameters that are not there: c"]),
        (("**options\n        Others.\n", ""), ["Parameters: options"]),
        (("Returns\n    -------\n    int\n", ""), ["Returns"]),
        (("Raises\n    ------", "Notes\n    -----"), ["Raises"]),
        (("def f(", "@property\ndef f("), []),
        (("Add.\n", "Add; see :meth:`G.f`.\n"), []),
    ],
)
def test_what_a_docstring_lacks_is_named(change, missing):
    assert [*lacks(ast.parse(WHOLE.replace(*change)).body[0])] == missing


def test_a_class_is_described_by_what_makes_it():
    source = '''
@dataclass(frozen=True)
class Size:
    """A size.

    Parameters
    ----------
    rows : int
    """

    rows: int
    columns: int
    largest: ClassVar[int] = 9

    def __post_init__(self):
        checks.integer("rows", self.rows, 1)
'''
    assert [*lacks(ast.parse(source).body[0])] == ["Parameters: columns", "Raises"]


def test_names_are_found_wherever_they_are_public():
    names = described()
    assert "loihi_sleep.sleep.drives.Poisson.raster" in names  # a page of the API
    assert "loihi_sleep.experiments.study.Study.run" in names  # a how-to
    assert "loihi_sleep.processes.map_neuron.process.MapNeuron" in names
