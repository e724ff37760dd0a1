"""Small files that exports are at their worst, made on the fly, and what each must get."""
