import unittest

from expenses import NotATable, findings, read, settle
from plugin import EXAMPLE_POLICY, plugin
from sortie import Failure

HEADER = "date,employee,category,amount,receipt,description\n"


class Reading(unittest.TestCase):
    def test_quoted_cells_may_hold_commas_and_lines(self):
        rows, unreadable = read(HEADER + '2026-01-05,"Lovelace, Ada",Meals,8,no,"Soup\nand bread"\n2026-01-06,B,x,1,no,\n')
        self.assertEqual(unreadable, [])
        self.assertEqual([row["line"] for row in rows], [2, 4])
        self.assertEqual(rows[0]["employee"], "Lovelace, Ada")
        self.assertEqual(rows[0]["amount"], "8.00")
        self.assertEqual(rows[0]["category"], "meals")

    def test_columns_come_in_any_order_and_may_be_more(self):
        rows, _ = read("\ufeffamount, Receipt,date,employee,category,description,project\n1.5,YES,2026-01-05,A,meals,x,p\n")
        self.assertEqual((rows[0]["amount"], rows[0]["receipt"]), ("1.50", True))

    def test_what_is_no_row_is_told_with_its_line(self):
        wrong = ["2026-13-01,A,m,1,no,", "2026-01-05,A,m,1.005,no,", "2026-01-05,A,m,-1,no,", "2026-01-05,A,m,1,maybe,"]
        wrong += ["2026-01-05,,m,1,no,", "2026-01-05,A,m"]
        rows, unreadable = read(HEADER + "\n".join(wrong))
        self.assertEqual(rows, [])
        self.assertEqual([each["line"] for each in unreadable], [2, 3, 4, 5, 6, 7])

    def test_what_is_no_table_is_told(self):
        for text in ["", "\n\n", "date,employee\n", HEADER + '"open\n']:
            with self.assertRaises(NotATable):
                read(text)


class Policy(unittest.TestCase):
    def found(self, *lines, **policy):
        rows, unreadable = read(HEADER + "\n".join(lines))
        self.assertEqual(unreadable, [])
        return [(each["line"], each["rule"]) for each in findings(rows, {**EXAMPLE_POLICY, **policy})]

    def test_at_the_limits_nothing_is_found_and_a_cent_above_something_is(self):
        self.assertEqual(self.found("2026-01-05,A,meals,25.00,no,", "2026-01-06,A,meals,40.00,yes,"), [])
        self.assertEqual(self.found("2026-01-05,A,meals,25.01,no,"), [(2, "receipt")])
        self.assertEqual(self.found("2026-01-05,A,meals,40.01,yes,"), [(2, "limit")])

    def test_the_other_rules(self):
        self.assertEqual(self.found("2026-01-05,A,gifts,1,no,"), [(2, "category")])
        self.assertEqual(self.found("2026-01-05,A,meals,1,no,", "2026-01-05,A,meals,1.00,no,"), [(3, "duplicate")])
        self.assertEqual(self.found("2026-02-01,A,meals,1,no,", until="2026-01-31"), [(2, "date")])


class Settling(unittest.TestCase):
    def test_cents_are_not_lost(self):
        rows, _ = read(HEADER + "2026-01-05,A,meals,0.1,no,\n" * 3)
        self.assertEqual(settle(rows, set())["total"], "0.30")

    def test_a_line_that_is_not_there_cannot_be_held(self):
        decisions = {"decide": {"status": "answered", "value": {"accept": True, "hold": [9]}}}
        with self.assertRaises(Failure) as raised:
            plugin.execute("settle_expenses", {}, {"expenses": {"rows": [], "findings": []}}, decisions=decisions)
        self.assertEqual(raised.exception.code, "unknown_line")


if __name__ == "__main__":
    unittest.main()
