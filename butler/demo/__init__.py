"""A demo town: 北山街道 with its real communities and invented people who are plainly marked 演示."""
