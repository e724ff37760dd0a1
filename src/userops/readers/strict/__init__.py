"""The strict way of reading: every row by the rules, with a reason for each that's refused."""
