"""The report: sections of Tables, arranged in templates. It computes no metric."""
