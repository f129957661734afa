//! Privacy models over the table, and the quality metrics of a recoding.
