"""The sample shop: two tables, their rules, and two thousand customers to look at."""

from tierloom.services.demo.loading import load

__all__ = ["load"]
