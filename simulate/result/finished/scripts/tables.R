# The decision tables of draws of costs and effects, in base R, and whether they are those that came with the files.

here <- function() {
  said <- grep("^--file=", commandArgs(FALSE), value = TRUE)
  if (length(said)) dirname(sub("^--file=", "", said[1])) else "."
}

table_of <- function(name) {
  read.csv(file.path(here(), name), check.names = FALSE, fileEncoding = "UTF-8", stringsAsFactors = FALSE)
}

# Mean cost and effect by strategy, dearer ones below, with dominance and ICERs along the frontier.
incremental <- function(cost, effect) {
  c <- colMeans(cost)
  e <- colMeans(effect)
  order <- order(c, -e, seq_along(c))
  frontier <- integer(0)
  status <- rep("dominated", length(c))
  for (s in order) {
    last <- frontier[length(frontier)]
    if (length(frontier) && e[s] <= e[last]) next
    while (length(frontier) > 1) {
      last <- frontier[length(frontier)]
      before <- frontier[length(frontier) - 1]
      if ((c[last] - c[before]) * (e[s] - e[last]) <= (c[s] - c[last]) * (e[last] - e[before])) break
      status[last] <- "extendedly dominated"
      frontier <- frontier[-length(frontier)]
    }
    frontier <- c(frontier, s)
  }
  status[frontier] <- "on frontier"
  status[frontier[1]] <- "reference"
  icer <- rep(NA_real_, length(c))
  for (k in seq_along(frontier)[-1]) {
    s <- frontier[k]
    before <- frontier[k - 1]
    icer[s] <- (c[s] - c[before]) / (e[s] - e[before])
  }
  data.frame(strategy = colnames(cost), cost = c, effect = e, icer = icer, status = status)[order, ]
}

net_benefit <- function(cost, effect, threshold) threshold * effect - cost

# Share of draws in which each strategy is best; ties share a draw.
ceac <- function(cost, effect, thresholds) {
  t(sapply(thresholds, function(k) {
    nb <- net_benefit(cost, effect, k)
    most <- do.call(pmax, as.data.frame(nb))
    best <- abs(nb - most) <= 1e-9 * (abs(k * effect) + abs(cost))
    colMeans(best / rowSums(best))
  }))
}

evpi <- function(cost, effect, thresholds) {
  sapply(thresholds, function(k) {
    nb <- net_benefit(cost, effect, k)
    mean(do.call(pmax, as.data.frame(nb))) - max(colMeans(nb))
  })
}

same <- function(what, found, wanted) {
  size <- max(abs(wanted), 1, na.rm = TRUE)
  if (!identical(is.na(c(found)), is.na(c(wanted))) || any(abs(c(found) - c(wanted)) > 1e-8 * size, na.rm = TRUE)) {
    stop(what, " differs from the table that came with these files")
  }
}

# Works out every table from the draws, and stops where one is not the one that came with them.
reproduce <- function(cost, effect) {
  cost <- as.matrix(cost)
  effect <- as.matrix(effect)
  wanted <- table_of("our_incremental.csv")
  found <- incremental(cost, effect)
  at <- match(wanted$strategy, found$strategy)
  same("cost", found$cost[at], wanted$cost)
  same("effect", found$effect[at], wanted$effect)
  same("ICER", found$icer[at], as.numeric(wanted$icer))
  equal <- wanted$status == "equal"
  if (!identical(found$status[at][!equal], wanted$status[!equal])) stop("dominance differs")
  wanted <- table_of("our_ceac.csv")
  shares <- as.matrix(wanted[paste0("probability_", colnames(cost))])
  same("CEAC", ceac(cost, effect, wanted$threshold), shares)
  wanted <- table_of("our_evpi.csv")
  same("EVPI", evpi(cost, effect, wanted$threshold), wanted$value)
  print(found, row.names = FALSE)
  cat("The same decision tables: incremental analysis, CEAC and EVPI at", nrow(wanted), "thresholds.\n")
}
