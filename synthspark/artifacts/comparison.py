"""What a comparison across formats looks at in a text, for Arrow arrays and for Spark alike."""

from __future__ import annotations

GROUP = "(?P<number>"
# A signed number, or one run of digits within text without further digits; zeros in front and a fraction of zeros do
# not count. In a syntax that Java and RE2 share.
SIGNED = r"\A[ \t\r\n]*" + GROUP + r"-?[0-9]{1,18})[ \t\r\n]*\z"
AFFIXED = r"\A[^0-9]*?0*" + GROUP + r"[0-9]{1,18})(?:\.0+)?[^0-9]*\z"
BLANKS = " \t\r\n"
FINAL_SIGMA, SIGMA = "\u03c2", "\u03c3"
DOTTED_I = "\u0130"
WIDEST_INT = 1e18
