//! Weights from pairwise comparisons (AHP), with both priority methods and named consistency tables.
//!
//! For weights only: as a score of alternatives AHP reverses ranks when a copy is added
//! (Belton & Gear 1983, METHODS.md B1).

/// Which table of random consistency indices a consistency ratio refers to (METHODS.md C28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RandomIndex {
    /// Saaty (1980): 0.58 for three, 0.90 for four.
    Saaty1980,
    /// Saaty's later table: 0.52 for three, 0.89 for four.
    SaatyLater,
}

impl RandomIndex {
    /// Name to print beside a consistency ratio.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saaty1980 => "RI of Saaty (1980)",
            Self::SaatyLater => "RI of Saaty, later table",
        }
    }

    /// Mean consistency index of random matrices of order `n`; `None` beyond 10, zero below 3.
    pub fn of(self, n: usize) -> Option<f64> {
        let table = match self {
            Self::Saaty1980 => [0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49],
            Self::SaatyLater => [0.0, 0.0, 0.0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49],
        };
        table.get(n).copied()
    }
}

/// What is wrong with a matrix of pairwise comparisons.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ComparisonError {
    /// Rows and columns differ, or there are none.
    #[error("matrix is not square, or empty")]
    NotSquare,
    /// An entry is not a positive number.
    #[error("[{row}][{column}] is {value}, not above zero")]
    NotPositive {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// `a_ij` and `a_ji` are not reciprocal.
    #[error("[{row}][{column}] times [{column}][{row}] is {product}, not 1")]
    NotReciprocal {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// What the two entries multiply to.
        product: f64,
    },
}

/// A reciprocal matrix of comparisons: entry `[i][j]` says how many times `i` outweighs `j`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparisons {
    matrix: Vec<Vec<f64>>,
}

/// Priorities by the principal eigenvector, and how consistent the comparisons are.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigenvector {
    /// Sum to 1.
    pub weights: Vec<f64>,
    /// Principal eigenvalue; the order of the matrix if consistent.
    pub lambda_max: f64,
    /// `(lambda_max - n) / (n - 1)`; zero for one criterion.
    pub consistency_index: f64,
}

impl Comparisons {
    /// # Errors
    ///
    /// If the matrix is not square, has an entry that is not above zero, or is not reciprocal to
    /// within 1%.
    pub fn new(matrix: Vec<Vec<f64>>) -> Result<Self, ComparisonError> {
        let n = matrix.len();
        if n == 0 || matrix.iter().any(|row| row.len() != n) {
            return Err(ComparisonError::NotSquare);
        }
        for (row, values) in matrix.iter().enumerate() {
            for (column, value) in values.iter().copied().enumerate() {
                if !(value.is_finite() && value > 0.0) {
                    return Err(ComparisonError::NotPositive { row, column, value });
                }
            }
        }
        for (row, values) in matrix.iter().enumerate() {
            for (column, value) in values[..=row].iter().enumerate() {
                let product = value * matrix[column][row];
                if (product - 1.0).abs() > 0.01 {
                    return Err(ComparisonError::NotReciprocal { row, column, product });
                }
            }
        }
        Ok(Self { matrix })
    }

    /// Element-wise geometric mean: the group acts as one (AIJ, METHODS.md B9). `None` if empty
    /// or of different orders.
    pub fn of_group(group: &[Self]) -> Option<Self> {
        let n = group.first()?.matrix.len();
        if group.iter().any(|one| one.matrix.len() != n) {
            return None;
        }
        let mean = |i: usize, j: usize| {
            let logs = group.iter().map(|one| one.matrix[i][j].ln());
            (logs.sum::<f64>() / group.len() as f64).exp()
        };
        let matrix = (0..n).map(|i| (0..n).map(|j| mean(i, j)).collect()).collect();
        Some(Self { matrix })
    }

    /// Principal right eigenvector by power iteration (Saaty 1990).
    pub fn eigenvector(&self) -> Eigenvector {
        let n = self.matrix.len();
        let mut weights = vec![1.0 / n as f64; n];
        let mut lambda_max = n as f64;
        for _ in 0..10_000 {
            let product: Vec<f64> = self
                .matrix
                .iter()
                .map(|row| row.iter().zip(&weights).map(|(a, w)| a * w).sum())
                .collect();
            lambda_max = product.iter().sum();
            let next = super::normalised(&product);
            let moved: f64 = next.iter().zip(&weights).map(|(a, b)| (a - b).abs()).sum();
            weights = next;
            if moved < 1e-15 {
                break;
            }
        }
        let consistency_index =
            if n < 2 { 0.0 } else { (lambda_max - n as f64) / (n as f64 - 1.0) };
        Eigenvector { weights, lambda_max, consistency_index }
    }

    /// Normalised geometric means of the rows; differs from the eigenvector where inconsistent.
    pub fn geometric_mean(&self) -> Vec<f64> {
        let n = self.matrix.len() as f64;
        let row = |row: &Vec<f64>| (row.iter().map(|a| a.ln()).sum::<f64>() / n).exp();
        super::normalised(&self.matrix.iter().map(row).collect::<Vec<f64>>())
    }
}

impl Eigenvector {
    /// Consistency ratio, consistency index over random index; above 0.1 the comparisons should
    /// be gone over again. `None` where the table has no positive entry.
    pub fn consistency_ratio(&self, table: RandomIndex) -> Option<f64> {
        let random = table.of(self.weights.len()).filter(|random| *random > 0.0)?;
        Some(self.consistency_index / random)
    }
}
