"""Whether what is there, or what is declared, is as it should be: for CI and cron."""
