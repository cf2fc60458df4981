"""Texts for property tests: arbitrary ones, and some that normalising changes."""

from hypothesis import strategies as st

CHANGED_BY_NORMALISING = (
    "J\N{COMBINING CARON}",  # composed in lower case only
    "\N{LATIN SMALL LIGATURE FFI}",  # three letters in NFKC
    "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}",  # eighteen
    "\N{MUSICAL SYMBOL SEMIBREVIS BLACK}",  # longer in NFC
    "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}",  # two characters in lower case
    "\N{LATIN CAPITAL LETTER SHARP S}",
    "\N{GREEK CAPITAL LETTER ALPHA}\N{GREEK CAPITAL LETTER SIGMA}",  # final sigma
    "\N{GREEK CAPITAL LETTER ALPHA WITH PROSGEGRAMMENI}",
    "\N{CHEROKEE LETTER A}",
    "\N{KELVIN SIGN}",
    "\N{LATIN CAPITAL LETTER D WITH SMALL LETTER Z WITH CARON}",
    "\N{HANGUL CHOSEONG KIYEOK}\N{HANGUL JUNGSEONG A}",
    "\N{COMBINING GREEK YPOGEGRAMMENI}",
    "\N{COMBINING DOT BELOW}\N{COMBINING DOT ABOVE}",
    "\N{FULLWIDTH LATIN SMALL LETTER A}",
    "\N{IDEOGRAPHIC FULL STOP}",
    "\N{SOFT HYPHEN}",
    "\N{VARIATION SELECTOR-16}",
    "\N{ZERO WIDTH NON-JOINER}",
    "\N{FULLWIDTH COMMERCIAL AT}",
    "\N{NO-BREAK SPACE}",
    "\ud800",
    "\0",
)

_PIECES = st.sampled_from(CHANGED_BY_NORMALISING) | st.characters()
_PLAIN = st.sampled_from("abcXYZ019.-+' ")


def texts(longest: int) -> st.SearchStrategy[str]:
    """Return texts of up to some pieces, a letter or a few each."""
    return st.lists(_PIECES | _PLAIN, max_size=longest).map("".join)


def long_texts(lengths: tuple[int, int]) -> st.SearchStrategy[str]:
    """Return texts that repeat one piece so many times."""
    return st.builds(str.__mul__, _PIECES, st.integers(*lengths))


_DOMAINS = st.sampled_from(
    ("example.com", "xn--bcher-kva.example", "XN--STRAE-OQA.example", "sub.example"),
)


def addresses() -> st.SearchStrategy[str]:
    """Return texts that are nearly always e-mail addresses, or nearly so."""
    part = texts(4).map("a{}".format)
    domain = _DOMAINS | part.map("{}.example".format)
    address = st.builds("{}@{}".format, part, domain)
    return address | address.map("Ada <{}>".format) | texts(8)
