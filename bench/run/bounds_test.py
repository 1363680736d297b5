"""What the judgements of scripts/bench rest on: intervals, bounds, and objects that come back from a file."""
import unittest

import bounds
import interval
import measure
import subjects


def row(scenario, subject, values, unit="krows/s", count=100_000, scale=None):
    value = sorted(values)[len(values) // 2]
    return measure.Row(scenario, "sqlite", subject, value, unit, None, len(values), 0, None, None, count, values, scale,
                       None)


def verdict(one, *rows):
    line, missed = bounds.judged(one, "sqlite", {(each.scenario, each.driver, each.subject): each for each in rows})
    return line.split("  ")[0], missed


LEAST = bounds.bound("stream", "sqlite", "sluice", bounds.LEAST, "raw", 0.9)
MOST = bounds.bound("stream_ir", "sqlite", "sluice", bounds.MOST, "raw", 1.05, 1)
ABOVE = bounds.bound("stream_memory", "sqlite", "sluice", bounds.ABOVE_MOST, "raw", 8192, 1, 1_000)


class Interval(unittest.TestCase):
    def test_order_statistics(self):
        self.assertEqual(interval.of_median(range(15)), (3, 11))  # 96.5 %; the next ones would be 88.2 %
        self.assertEqual(interval.of_median([5, 3, 1, 2, 4]), (1, 5))  # 93.8 %
        self.assertIsNone(interval.of_median([1, 2, 3, 4]))


class Bounds(unittest.TestCase):
    def test_time_misses_only_with_its_whole_interval(self):
        raw = row("stream", "raw", [1.0] * 15)
        self.assertEqual(verdict(LEAST, raw, row("stream", "sluice", [0.8] * 15)), ("MISSED", True))
        self.assertEqual(verdict(LEAST, raw, row("stream", "sluice", [0.8] * 11 + [0.95] * 4)), ("met", False))
        self.assertEqual(verdict(LEAST, raw, row("stream", "sluice", [0.8] * 12 + [0.95] * 3)), ("MISSED", True))

    def test_few_rounds_say_nothing(self):
        raw = row("stream", "raw", [1.0] * 14)
        self.assertEqual(verdict(LEAST, raw, row("stream", "sluice", [0.8] * 14)), ("not measured", False))

    def test_rounds_are_paired(self):
        raw = row("stream", "raw", [float(n) for n in range(1, 16)])
        self.assertEqual(verdict(LEAST, raw, row("stream", "sluice", [n * 0.95 for n in range(1, 16)])), ("met", False))

    def test_one_round_of_instructions_is_enough(self):
        raw = row("stream_ir", "raw", [1000])
        self.assertEqual(verdict(MOST, raw, row("stream_ir", "sluice", [1051])), ("MISSED", True))
        self.assertEqual(verdict(MOST, raw, row("stream_ir", "sluice", [1050])), ("met", False))

    def test_differences_and_counts(self):
        raw = row("stream_memory", "raw", [100_000], "KiB", 1_000)
        self.assertEqual(verdict(ABOVE, raw, row("stream_memory", "sluice", [108_193], "KiB", 1_000)), ("MISSED", True))
        self.assertEqual(verdict(ABOVE, raw, row("stream_memory", "sluice", [108_192], "KiB", 1_000)), ("met", False))
        self.assertEqual(verdict(ABOVE, raw, row("stream_memory", "sluice", [108_193], "KiB", 999)),
                         ("not measured", False))

    def test_not_measured(self):
        self.assertEqual(verdict(LEAST, row("stream", "sluice", [1.0] * 15)), ("not measured", False))

    def test_growth(self):
        known = [row("growth_rows", "sluice", [value], "us", scale=scale)
                 for scale, value in ((10_000, 50.0), (1, 900.0), (100, 25.0))]
        self.assertTrue(bounds.judged_growth("growth_rows", "sqlite", known)[1] is False)
        known[0] = row("growth_rows", "sluice", [50.1], "us", scale=10_000)
        self.assertTrue(bounds.judged_growth("growth_rows", "sqlite", known)[1])

    def test_each_is_of_something_that_is_measured(self):
        for one in bounds.BOUNDS:
            names = [name + figure.suffix for name, of in subjects.SCENARIOS.items() for figure in of.figures
                     if one.subject in of.subjects and (one.against is None or one.against in of.subjects)]
            self.assertIn(one.scenario, names)


    def test_doubt(self):
        raw, mine = row("stream", "raw", [1.0] * 15), row("stream", "sluice", [0.8] * 11 + [0.95] * 4)
        known = {(each.scenario, each.driver, each.subject): each for each in (raw, mine)}
        self.assertIn("in doubt", bounds.judged(LEAST, "sqlite", known)[0])


class Objects(unittest.TestCase):
    def test_come_back(self):
        for one in (row("stream", "raw", [1.0, 2.0]), row("growth_rows", "sluice", [3.0], scale=10)):
            self.assertEqual(measure.from_json(measure.to_json(one)), one)


if __name__ == "__main__":
    unittest.main()
