"""Why a record is where it is: each condition with the actual value, and the smallest change that moves it."""
