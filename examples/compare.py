"""Demands that the languages printed the same numbers, to the last bit.

    python examples/compare.py build/logs/examples

Compares the lines "= name value" of every log LANGUAGE-STORY.log; a story is named alike in every language, but for case
and underscores. Exits with 1 where a value differs or is missing.
"""

import sys
from collections import defaultdict
from pathlib import Path


def numbers(log: Path) -> dict[str, str]:
    """name -> value, as text: bits of floats, CRC-32 of arrays, counts, decimals."""
    lines = log.read_text(errors="replace").splitlines()
    return {words[1]: words[2] for words in (line.split() for line in lines if line.startswith("= "))}


def main() -> int:
    stories: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for log in sorted(Path(sys.argv[1]).glob("*-*.log")):
        language, story = log.stem.split("-", 1)
        stories[story.replace("_", "").lower()][language] = numbers(log)
    different = compared = 0
    for story, languages in stories.items():
        print(f"{story}: {', '.join(languages)}")
        for name in sorted(set().union(*languages.values())):
            values = {language: found.get(name, "missing") for language, found in languages.items()}
            same = len(set(values.values())) == 1
            compared += len(values)
            different += not same
            print(f"  {name:10} {next(iter(values.values())) if same else f'DIFFERENT: {values}'}")
    print(f"{compared} numbers of {len(stories)} stories, {different} different")
    return 1 if different or not compared else 0


sys.exit(main())
