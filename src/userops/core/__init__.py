"""What every room stands on: errors, tables, dates, periods, messages, tallies, rule tables."""
