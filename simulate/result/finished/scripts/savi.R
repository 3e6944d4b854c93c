# SAVI (savi.shef.ac.uk) takes three files: costs.csv, effects.csv and parameters.csv, in its step "Import files".
# This script comes to the same decision tables from them: Rscript reproduce.R

said <- grep("^--file=", commandArgs(FALSE), value = TRUE)
source(file.path(if (length(said)) dirname(sub("^--file=", "", said[1])) else ".", "tables.R"))
reproduce(table_of("costs.csv"), table_of("effects.csv"))
