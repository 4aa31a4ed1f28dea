"""The PDF of a report: page numbers, headings with what they head, pictures that fit, nothing cut, in both printers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from exkit.batch import Options, make_reports, quiet
from exkit.export import paper
from exkit.intake import write
from tests import sizes

CUSTOMERS = Path(__file__).parents[2] / "data" / "customers"
A4 = (595.0, 842.0)


def text_of(pdf: Path) -> list[str]:
    shown = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return shown.split("\f")[:-1]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("paper")
    made = {3: sizes.three_servers(), 60: sizes.sixty_servers()}
    files = []
    for servers, topology in made.items():
        files.append(folder / f"servers-{servers}.yaml")
        files[-1].write_text(write(topology), encoding="utf-8")
    done = make_reports(files, folder / "out", Options(formats=("pdf",)), progress=quiet)
    assert not done.errors, done.errors[0].told
    return {servers: folder / "out" / f"servers-{servers}" / "report.pdf" for servers in made}


@pytest.mark.parametrize("servers", [3, 60])
def test_each_page_has_its_number_and_the_question(printed: dict[int, Path], servers: int) -> None:
    pages = text_of(printed[servers])
    for number, page in enumerate(pages, start=1):
        assert re.search(rf"{number} ?/ ?{len(pages)}\s*$", page)
        assert "Is the Exchange topology of" in page


@pytest.mark.parametrize("servers", [3, 60])
def test_no_heading_parts_from_what_it_heads(printed: dict[int, Path], servers: int) -> None:
    """The last line of a page, footer aside, is no question of the report, and no table's heading."""
    for page in text_of(printed[servers]):
        lines = [line.strip() for line in page.splitlines() if line.strip()][:-1]
        assert not lines[-1].endswith("?"), lines[-1]
        assert not re.match(r"(From|Device|Product|Question)\s{2,}", lines[-1]), lines[-1]


@pytest.mark.parametrize("servers", [3, 60])
def test_pages_are_a4_with_ink_inside_the_margins_only(printed: dict[int, Path], servers: int, tmp_path: Path) -> None:
    subprocess.run(["pdftoppm", "-r", "40", "-gray", "-png", printed[servers], tmp_path / "page"], check=True)
    images = sorted(tmp_path.glob("page-*.png"))
    assert len(images) == len(text_of(printed[servers]))
    empty = 0
    for file in images:
        page = Image.open(file)
        assert abs(page.width / page.height - A4[0] / A4[1]) < 0.01
        ink = page.point(lambda grey: 255 if grey < 200 else 0).getbbox()
        assert ink is not None
        margin = page.width * 10 / 210
        assert ink[0] >= margin, file
        assert ink[2] <= page.width - margin, file
        empty += ink[3] - ink[1] < page.height * 0.15
    assert empty == 0


def test_no_page_ends_with_the_bar_of_a_finding_whose_words_are_on_the_next(
    printed: dict[int, Path], tmp_path: Path
) -> None:
    subprocess.run(["pdftoppm", "-r", "40", "-png", printed[60], tmp_path / "page"], check=True)
    for file in sorted(tmp_path.glob("page-*.png")):
        page = Image.open(file).convert("HSV")
        body = page.height * 93 // 100
        bars = page.crop((page.width * 6 // 100, 0, page.width // 10, body)).getchannel("S")
        words = page.crop((page.width * 12 // 100, 0, page.width, body)).getchannel("V")
        bar = bars.point(lambda shade: 255 if shade > 120 else 0).getbbox()
        ink = words.point(lambda light: 255 if light < 150 else 0).getbbox()
        assert ink is not None
        assert bar is None or bar[3] - ink[3] < page.height // 10, file


def test_the_picture_stands_on_one_page_beside_its_heading(printed: dict[int, Path]) -> None:
    for pdf in printed.values():
        (page,) = [page for page in text_of(pdf) if "What does the topology look like?" in page]
        assert "from the Internet inwards" in page


def test_the_same_page_gives_the_same_paper_and_no_date_of_printing(printed: dict[int, Path], tmp_path: Path) -> None:
    """Not always the same bytes: Chromium now and then writes one coordinate otherwise."""
    page = printed[3].with_name("report.html")
    for name in ("a.pdf", "b.pdf"):
        paper.write(page, tmp_path / name)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert len(first) == len(second)
    assert text_of(tmp_path / "a.pdf") == text_of(tmp_path / "b.pdf")
    assert b"CreationDate (D:1980" in first or b"CreationDate(D:1980" in first


def test_without_a_browser_weasyprint_prints_all_words(
    printed: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "browser", lambda: None)
    paper.write(printed[3].with_name("report.html"), tmp_path / "w.pdf")
    pages = text_of(tmp_path / "w.pdf")
    assert re.search(rf"1 ?/ ?{len(pages)}", pages[0])
    words = {word for page in text_of(printed[3]) for word in re.findall(r"[A-Za-z]{7,}", page)}
    other = re.sub(r"[^A-Za-z]", "", "".join(pages))
    missing = sorted(word for word in words if word not in other)
    assert len(missing) < len(words) * 0.02, missing


def test_a_browser_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "browser", lambda: "/bin/false")
    paper._printer.cache_clear()
    (tmp_path / "page.html").write_text("<p>x")
    with pytest.raises(paper.NotPrinted, match="does not start"):
        paper.write(tmp_path / "page.html", tmp_path / "page.pdf")
    paper._printer.cache_clear()
