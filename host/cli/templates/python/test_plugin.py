import unittest

from plugin import plugin
from sortie import Failure, Output


class Hello(unittest.TestCase):
    def test_the_mission_has_one_step(self):
        (step,) = plugin.build("hello", {"name": "Ada"}).steps
        self.assertEqual(step.payload, {"operation": "greet", "name": "Ada"})

    def test_somebody_is_greeted(self):
        output = plugin.execute("greet", {"name": " Ada "})
        self.assertEqual(output, Output().set("/greeting", "Hello, Ada!"))

    def test_nobody_is_not_greeted(self):
        with self.assertRaises(Failure) as raised:
            plugin.execute("greet", {"name": " "})
        self.assertEqual(raised.exception.code, "nobody")


if __name__ == "__main__":
    unittest.main()
