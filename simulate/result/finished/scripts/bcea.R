# Comes to the same decision tables from e.csv and c.csv, and hands both to BCEA where that is installed:
# Rscript reproduce.R

said <- grep("^--file=", commandArgs(FALSE), value = TRUE)
source(file.path(if (length(said)) dirname(sub("^--file=", "", said[1])) else ".", "tables.R"))
e <- as.matrix(table_of("e.csv"))
c <- as.matrix(table_of("c.csv"))
reproduce(c, e)

if (requireNamespace("BCEA", quietly = TRUE)) {
  ours <- table_of("our_evpi.csv")
  found <- BCEA::bcea(e, c, ref = ncol(e), interventions = colnames(e), k = ours$threshold)
  summary(found, wtp = ours$threshold[which.max(ours$value)])  # where there is most to learn
  same("BCEA's EVPI", found$evi, ours$value)
  cat("BCEA", format(packageVersion("BCEA")), "finds the same EVPI at every threshold.\n")
}
