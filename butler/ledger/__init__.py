"""今日记录指纹: the head of each day over every history and every look, sent and printed for a second party to keep."""
