"""Turn what a form in Backstage was filled in with into a config file for `make service`.

Reads JSON from standard input; writes YAML, of which JSON is a part, to standard output.
"""

import json
import sys

NOT_ASKED = ("prove",)  # what a portal hands over has always been proven


def main() -> int:
    try:
        answers = json.load(sys.stdin)
    except (ValueError, RecursionError) as error:
        print(f"The form cannot be read as JSON: {error}", file=sys.stderr)
        return 1
    if not isinstance(answers, dict):
        print("The form cannot be read: it must be an object of JSON.", file=sys.stderr)
        return 1
    answers.pop("repoUrl", None)  # where it goes is no question of the template
    for name in answers:
        if name.startswith("_") or name in NOT_ASKED:
            print(f"The form has no field {name!a}.", file=sys.stderr)
            return 1
    json.dump({"default_context": answers}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
