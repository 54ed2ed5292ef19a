"""The samples: an online shop, a fuel chain and a car dealer, to look at and to practise with."""

from tierloom.services.demo.loading import load, load_all

__all__ = ["load", "load_all"]
