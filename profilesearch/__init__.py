"""Profile Search: find the people who fit a job description.

The domain, without Flask and without a command line. Start reading at ``search``.
"""

__version__ = "0.1.0"
