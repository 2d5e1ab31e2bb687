"""Administration: the pages under /admin, for whoever administers the installation."""
