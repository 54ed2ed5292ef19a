"""Who gets in, and how: accounts, members and invitations, share links and what a guest sees."""
