"""Photos and papers of a case: examined, sealed, opened by whom the table says, destroyed when their time is over."""
