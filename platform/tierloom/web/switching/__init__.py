"""Going from one workspace to another, at the top of the sidebar."""

from tierloom.web.switching.views import attach, blueprint

__all__ = ["attach", "blueprint"]
