//! Samples, histograms, intervals, verdicts and drift; never learns a candidate's name.
