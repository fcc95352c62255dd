"""Runs checks in turn, prints a line for each, and counts how many passed."""

import sys
import traceback


class Outcomes:
    def __init__(self):
        self.passed = self.failed = 0

    def run(self, sentence, function, *arguments):
        try:
            function(*arguments)
            self.passed += 1
            print(f"ok    {sentence}", flush=True)
        except Exception as error:  # of any kind: the other checks still run
            self.failed += 1
            print(f"FAIL  {sentence}: {error}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc()

    def exit(self):
        """Prints the sums. The status is 0 only if some passed and none failed."""
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(self.failed > 0 or self.passed == 0)
