"""What MkDocs calls: generated parts of pages, notebooks, and files that pages link to."""

import re
from pathlib import Path
from typing import Any

import generated
import notebooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[([^]]*)\]\(([^)#:\s]+)\)")
TABLE_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
LANGUAGES = {".py": "python", ".toml": "toml", ".md": ""}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file of the repository outside of docs/ that a page links to."""
    for path in sorted(_files_linked_to(Path(config.docs_dir))):
        text = path.read_text()
        if path.suffix != ".md":
            language = LANGUAGES.get(path.suffix, "text")
            text = f"# {path.name}\n\n````{language}\n{text}````\n"
        page = File.generated(config, _address(path), content=text)
        page.inclusion = page.inclusion.NOT_IN_NAV
        files.append(page)
    for path in sorted((Path(config.docs_dir) / "notebooks").glob("*.ipynb")):
        text, pictures = notebooks.to_markdown(notebooks.read(path), path.stem)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=text))
        for name, picture in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=picture))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Fill in what is generated, and let links lead to the pages added above."""
    folder = (Path(config.docs_dir) / page.file.src_uri).parent

    def inside(link: re.Match[str]) -> str:
        path = (folder / link[2]).resolve()
        if path.suffix == ".ipynb" and page.file.generated_by is None:
            return link[0].replace(".ipynb)", ".md)")
        if path.is_relative_to(config.docs_dir) or not path.is_relative_to(ROOT):
            return link[0]
        if path.is_dir():
            return f"`{path.relative_to(ROOT)}`"
        if not path.is_file():
            return link[0]
        up = "../" * page.file.src_uri.count("/")
        return f"[{link[1]}]({up}{_address(path)})"

    return TABLE_ROW.sub(_keep_together, LINK.sub(inside, generated.fill(markdown)))


def _keep_together(row: re.Match[str]) -> str:
    """Let no line of a table break within a number: 73.6 ± 2.3 %."""
    return re.sub(r"(?<=[\d ]) (?=[±%])|(?<=±) (?=\d)", "\u00a0", row[0])


def _files_linked_to(docs: Path) -> set[Path]:
    """Find them."""
    targets = {
        (page.parent / target).resolve()
        for page in docs.rglob("*.md")
        for _, target in LINK.findall(page.read_text())
    }
    return {path for path in targets if path.is_file() and not path.is_relative_to(docs)}


def _address(path: Path) -> str:
    """Name the page of a file."""
    name = path.relative_to(ROOT).as_posix()
    return "repository/" + (name if name.endswith(".md") else f"{name}.md")
