"""Long work: durable jobs, the worker that does them, and the clock that asks for them."""
