"""The index of the search."""

from __future__ import annotations

import json

from kbspec.book.chapter import RenderedChapter
from kbspec.book.definitions import Definition
from kbspec.book.glossary import Term
from kbspec.book.order import Chapter
from kbspec.book.search import chapter_entries, definition_entries, index_script, term_entries

BODY = (
    '<h1 id="Door">Door<a class="anchor-link" href="#Door">#</a></h1><p>It <em>opens</em> &amp; shuts.</p>'
    '<h2 id="Key"><code>key</code></h2><svg><text>drawn</text></svg><p>A key.</p><details>folded</details>'
)


def test_a_section_is_found_by_its_prose() -> None:
    chapter = RenderedChapter(Chapter("02-door.ipynb", "Door"), BODY, (), ())
    assert [(one.title, one.address, one.kind, one.text) for one in chapter_entries(chapter)] == [
        ("Door", "02-door.html#Door", "Chapter 02", "It opens & shuts."),
        ("key", "02-door.html#Key", "Chapter 02", "A key."),
    ]


def test_definitions_and_terms_are_found_by_what_they_say() -> None:
    (entry,) = definition_entries([Definition("CHK-A", "check", "A check.", reason="Nothing to compare.")])
    assert (entry.title, entry.kind, entry.text) == ("CHK-A", "Check", "A check. Nothing to compare.")
    (entry,) = term_entries([Term("TEE key", "A key.", (), ())])
    assert (entry.title, entry.address) == ("TEE key", "glossary.html#term-tee-key")


def test_the_index_is_a_script_that_no_text_can_end() -> None:
    (entry,) = term_entries([Term("</script>", "A <b>.", (), ())])
    script = index_script([entry])
    assert "</script>" not in script
    assert json.loads(script.removeprefix("var kbspecIndex = ").removesuffix(";\n"))[0][0] == "</script>"
