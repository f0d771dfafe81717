"""Mentions of IDs and sections become links, and nothing else changes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from kbspec.book.linking import with_citations, with_definitions

ADDRESSES = {"CHK-NONCE": "checks.html#CHK-NONCE", "SEC-RESOURCE": "properties.html#SEC-RESOURCE"}


def test_a_mention_leads_to_its_definition() -> None:
    page = with_definitions("<p>without <code>CHK-NONCE</code></p>", ADDRESSES, "../")
    link = '<a class="id" href="../checks.html#CHK-NONCE">CHK-NONCE</a>'
    assert page == f"<p>without <code>{link}</code></p>"


def test_what_is_a_link_a_picture_or_a_script_stays() -> None:
    for page in (
        '<a href="x"><code>CHK-NONCE</code></a>',
        "<svg><text>CHK-NONCE</text></svg>",
        "<script>CHK-NONCE</script>",
        '<p title="CHK-NONCE > SEC-RESOURCE">x</p>',
        "<!-- CHK-NONCE -->",
        "<p>CHK-NONCE-BINDING, XCHK-NONCE, CHK-NONCE-, CHK-OTHER</p>",
    ):
        assert with_definitions(page, ADDRESSES) == page


def test_after_a_link_mentions_are_linked_again() -> None:
    page = with_definitions('<a href="x">CHK-NONCE</a> SEC-RESOURCE', ADDRESSES)
    assert page.count('class="id"') == 1 and page.endswith(">SEC-RESOURCE</a>")


_PIECES = st.sampled_from(
    ["CHK-NONCE", "SEC-RESOURCE", " ", "text", "<b>", "</b>", '<a href="y">', "</a>", "&lt;", "<br>", "-"]
)


@given(st.lists(_PIECES).map("".join))
def test_links_are_all_that_is_added(page: str) -> None:
    linked = with_definitions(page, ADDRESSES)
    assert re.sub(r'<a class="id" href="[^"]*">([^<]*)</a>', r"\1", linked) == page


def test_a_cited_section_leads_to_its_place_in_the_list() -> None:
    page = with_citations(
        '<span class="ge">[KBS Challenge; KBS Other; RFC1]</span>',
        {"KBS": ["Challenge"]},
        lambda key, section: f"t#{key}-{section}",
    )
    link = '<a href="t#KBS-Challenge">KBS Challenge</a>'
    assert page == f'<span class="ge">[{link}; KBS Other; RFC1]</span>'
