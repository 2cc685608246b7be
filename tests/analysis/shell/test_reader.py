from __future__ import annotations

import pytest

from auditor.analysis.shell.reader import MOST_CHARACTERS, read_script
from auditor.analysis.shell.script import Command
from auditor.analysis.shell.words import MOST_LEVELS


def words(text: str) -> list[str]:
    """Each command on one line, its words joined by `|`, a `?` before what may not run."""
    script = read_script(text)
    assert script.is_whole, text
    return [("?" if one.is_conditional else "") + "|".join(one.words) for one in script.commands]


def only(text: str) -> Command:
    (command,) = read_script(text).commands
    return command


LISTS = [
    ("", []),
    ("a", ["a"]),
    ("a b  c\t", ["a|b|c"]),
    ("a && b; c | d |& e & f", ["a", "b", "c", "d", "e", "f"]),
    ("a || b", ["a", "?b"]),
    ("a || b | c && d", ["a", "?b", "?c", "d"]),
    ("a || b; c", ["a", "?b", "c"]),
    ("a ||\n\n# why\n b\nc", ["a", "?b", "c"]),
    ("a &&\n b", ["a", "b"]),
    ("a \\\n  b \\\n&& c", ["a|b", "c"]),
    ("a # b\nc#d", ["a", "c#d"]),
    ("a;# b", ["a"]),
    ("! a && ! ! b", ["a", "b"]),
    ("time a", ["a"]),
    ("time -p a | b", ["a", "b"]),
    ("time; a", ["a"]),
    ("{ a; b; }; c", ["a", "b", "c"]),
    ("a || { b; c; } && d", ["a", "?b", "?c", "d"]),
    ("(a; b) && c", ["a", "b", "c"]),
    ("(a || (b)); c", ["a", "?b", "c"]),
    ("{a,b} }", ["{a,b}|}"]),
    ("set -ex; \ta \t&& b", ["set|-ex", "a", "b"]),
]
COMPOUND = [
    ("if a; then b; fi; c", ["a", "?b", "c"]),
    ("if a; then b; elif c; then d; else e; fi", ["a", "?b", "?c", "?d", "?e"]),
    ("if a; then if b; then c; fi fi", ["a", "?b", "?c"]),
    ("while a; do b; done", ["a", "?b"]),
    ("until a\ndo b\ndone > f", ["a", "?b"]),
    ("for x in a b $(c); do d $x; done; e", ["c", "?d|$x", "e"]),
    ("for x\ndo a; done", ["?a"]),
    ("for x do a; done", ["?a"]),
    ("for x; do a; done", ["?a"]),
    ("for x in; do a; done", ["?a"]),
    ("for x\nin a b\ndo a; done", ["?a"]),
    ("for ((i=0; i<3; i++)); do a; done", ["?a"]),
    ("for ((;;)) { a; }", ["?a"]),
    ("select x in a; do b; done", ["?b"]),
    ("case $x in a|b) c;; (d) e ;; *) f; esac; g", ["?c", "?e", "?f", "g"]),
    ("case $(a) in b)\n c\n;&\nd) ;;& e)\nesac", ["a", "?c"]),
    ("case a in esac", []),
    ("case a\nin\n a |\n b) c\nesac", ["?c"]),
    ("f() { a; }; b", ["?a", "b"]),
    ("f ()\n(a); b", ["?a", "b"]),
    ("function f { a; }; b", ["?a", "b"]),
    ("function f() { a; } > x; b", ["?a", "b"]),
    ("[[ a && -f b || ( c < d ) ]] && e", ["[[|a|-f|b|c|d|]]", "e"]),
    ("[[ $x =~ ^(a|b)$ ]]; c", ["[[|$x|=~|^|a|b|$|]]", "c"]),
    ("((a = 1 + $(b))); c", ["b", "c"]),
    ("((a); b)", ["a", "b"]),
    ("if (a) then (b) fi", ["a", "?b"]),
    ("{ a; } 2>&1 >f <g &>h", ["a"]),
    ("(a) & b", ["a", "b"]),
]
WORDS = [
    ("'a b' \"c d\" e\\ f", ["a b|c d|e f"]),
    ("a'b'\"c\"\\d", ["abcd"]),
    ("'' \"\"", ["|"]),
    ('"a\\"b\\$c\\d\\\ne"', ['a"b$c\\de']),
    ("a\\\nb", ["ab"]),
    ("a \\", ["a|\\"]),
    ("$'a\\'b' $\"c\"", ["a\\'b|c"]),
    ("\"$'a'\"", ["$'a'"]),
    ("$a ${b} $1 $$ $? $", ["$a|${b}|$1|$$|$?|$"]),
    ("${a:-b c} ${a:-'}'} ${#a}", ["${a:-b c}|${a:-'}'}|${#a}"]),
    ('"${a:-it\'s}" "${a#\'}\'}"', ["${a:-it's}|${a#'}'}"]),
    ('${a:-${b:-"}"}}', ['${a:-${b:-"}"}}']),
    ("a $(b c) d", ["b|c", "a|$(b c)|d"]),
    ('a "$(b "$(c)")"', ["c", "b|$(c)", 'a|$(b "$(c)")']),
    ("a `b \\`c\\``", ["c", "b|`c`", "a|`b \\`c\\``"]),
    ('a "`b \\"c d\\"`"', ["b|c d", 'a|`b \\"c d\\"`']),
    ("a `b \\\\ \\c`", ["b| c", "a|`b \\\\ \\c`"]),
    ("a $((1 + (2))) b", ["a|$((1 + (2)))|b"]),
    ("a $((1 + ${x} - `b`))", ["b", "a|$((1 + ${x} - `b`))"]),
    ("a $((b); c)", ["b", "c", "a|$((b); c)"]),
    ("diff <(a) >(b)", ["a", "b", "diff|<(a)|>(b)"]),
    ("a=(b 'c d'\n# e\n$(f)) g", ["f", "g"]),
    ("declare -a a=(b) c", ["declare|-a|a=(b)|c"]),
    ("a || b $(c)", ["a", "?c", "?b|$(c)"]),
]
WRAPPED = [
    ("sudo -u root apt-get update", ["apt-get|update"]),
    ("env -u X A=1 nice -n 5 make all", ["make|all"]),
    ("sh -c 'a && b'", ["a", "b"]),
    ("a || bash -exo pipefail -c \"b 'c d'\"", ["a", "?b|c d"]),
    ('sh -c "$(a) b"', ["a", "$_|b"]),
    ("sh -c \"a $(b) 'c $(d)'\"", ["b", "d", "a|$_|c $_"]),
    ("eval a 'b && c'", ["a|b", "c"]),
    ("su -c 'a b' user", ["a|b"]),
    ("echo a | xargs -r sudo apk add", ["echo|a", "xargs|-r|sudo|apk|add", "apk|add"]),
    ("sh <<E\na\nb\nE\nc", ["sh", "a", "b", "c"]),
    ("false || bash -s <<'E'\na $(b)\nE\nc", ["false", "?bash|-s", "?b", "?a|$(b)", "c"]),
]
HERE = [
    ("cat <<E\na && $(b) `c`\nE\nd", ["cat", "b", "c", "d"]),
    ("cat <<'E'\n$(b)\nE\nd", ["cat", "d"]),
    ("cat <<-E && a\n\t$(b)\n\tE\nd", ["cat", "a", "b", "d"]),
    ("cat <<E <<\\F\n'\nE\n\"\nF\nd", ["cat", "d"]),
    ("cat <<E\n$(a\nE\nb", ["cat", "a", "b"]),
    ("cat <<$a`b`\nx\n$a`b`\nc", ["cat", "c"]),
    ("cat <<E\nno end \" ' )", ["cat"]),
    ("a $(cat <<E\n)\nE\n) b", ["cat", "a|$(cat <<E\n)\nE\n)|b"]),
    ("cat <<E\na\\\nE\nE\nd", ["cat", "d"]),
    ("while a; do b; done <<E\n)\nE\nc", ["a", "?b", "c"]),
    ("cat <<< 'a b' c", ["cat|c"]),
]


@pytest.mark.parametrize("text, expected", LISTS + COMPOUND + WORDS + WRAPPED + HERE)
def test_commands_are_found_in_the_order_they_run(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_assignments_stand_before_a_command() -> None:
    command = only("A=1 B+='2 3' a[0]=4 env C=5 make D=6")
    assert command.assignments == (("A", "1"), ("B", "2 3"), ("a", "4"), ("C", "5"))
    assert command.words == ("make", "D=6")


def test_an_assignment_alone_is_a_command_without_words() -> None:
    assert only("A='b c'") == Command((), (("A", "b c"),))


def test_files_written_to_are_kept() -> None:
    command = only("a 2>/dev/null >b >>'c d' <e 2>&1 >&f &>g {x}>|h >&- 3<>i b2")
    assert command.words == ("a", "b2")
    assert command.redirects == (
        (">", "/dev/null"),
        (">", "b"),
        (">>", "c d"),
        (">&", "f"),
        ("&>", "g"),
        (">|", "h"),
    )
    assert only("> a") == Command((), (), ((">", "a"),))
    assert only("a 2 >b").words == ("a", "2")


NOT_WHOLE = [
    ("'a", ["a"]),
    ('a "b', ["a|b"]),
    ("a $(b", ["b", "a|$(b"]),
    ("a ${b", ["a|${b"]),
    ("a `b", ["b", "a|`b"]),
    ("a $'b", ["a|b"]),
    ("a $((1", ["1", "a|$((1"]),
    ("a=(b", [""]),
    ("a=(b;) c", ["c"]),
    ("a )", ["a"]),
    ("a ) b", ["a", "b"]),
    ("; a", ["a"]),
    ("a && ", ["a"]),
    ("a ;; b", ["a", "b"]),
    ("a (b)", ["a", "b"]),
    ("(a", ["a"]),
    ("{ a", ["a"]),
    ("if a; then b", ["a", "?b"]),
    ("if a", ["a"]),
    ("fi", ["fi"]),
    ("for x in a b; c", ["c"]),
    ("for x in a b (c", ["c"]),
    ("for ((a", []),
    ("case a b", ["b"]),
    ("case a in b", []),
    ("case a in b) c", ["?c"]),
    ("case a in b;c) d;; esac", ["?d"]),
    ("f()", []),
    ("[[ a", ["[[|a"]),
    ("a >", ["a"]),
    ("a <<", ["a"]),
]


@pytest.mark.parametrize("text, expected", NOT_WHOLE)
def test_what_can_be_read_of_a_broken_script_is_there(text: str, expected: list[str]) -> None:
    script = read_script(text)
    found = [("?" if one.is_conditional else "") + "|".join(one.words) for one in script.commands]
    assert found == expected
    assert not script.is_whole


def test_a_text_that_is_too_long_or_too_deep_is_not_whole() -> None:
    assert read_script("a " * (MOST_CHARACTERS // 2)).is_whole
    assert not read_script("a " * (MOST_CHARACTERS // 2) + "b").is_whole
    assert read_script("a; " + "(" * MOST_LEVELS + "b" + ")" * MOST_LEVELS).is_whole
    deep = read_script("a; " + "(" * (MOST_LEVELS + 1) + "b")
    assert [one.words for one in deep.commands] == [("a",)]
    assert not deep.is_whole
    assert not read_script("( " * MOST_LEVELS + "eval a" + ")" * MOST_LEVELS).is_whole


def test_scripts_within_scripts_are_read_up_to_twice_the_text() -> None:
    assert read_script("eval eval eval a b").is_whole
    assert not read_script("eval " * 30 + "a").is_whole
    assert not read_script("eval '" + "eval " * 40 + "a'").is_whole


def test_the_look_ahead_for_sums_is_bounded() -> None:
    once = "$(( # ((((\n a ) ); "
    assert len(read_script(once * 50).commands) == 100
