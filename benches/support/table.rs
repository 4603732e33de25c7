//! Markdown tables on standard output.

/// A table under construction.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With these heads; the first column holds names.
    pub fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|&head| head.to_owned()).collect()] }
    }

    /// Adds a row: its name and its cells.
    pub fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
    }

    /// Prints it with aligned columns.
    pub fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |c: usize| {
            self.rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (i, row) in self.rows.iter().enumerate() {
            let cell = |(c, width): (usize, &usize)| {
                let text = row.get(c).map_or("", String::as_str);
                if c == 0 { format!(" {text:<width$} ") } else { format!(" {text:>width$} ") }
            };
            let cells: Vec<String> = widths.iter().enumerate().map(cell).collect();
            println!("|{}|", cells.join("|"));
            if i == 0 {
                let rule = |(c, width): (usize, &usize)| {
                    let end = if c == 0 { "-" } else { ":" };
                    format!("{}{end}", "-".repeat(width + 1))
                };
                let rules: Vec<String> = widths.iter().enumerate().map(rule).collect();
                println!("|{}|", rules.join("|"));
            }
        }
        println!();
    }
}

/// How many times `other` goes into `one`: `3.20 x`.
pub fn ratio(one: f64, other: f64) -> String {
    if other > 0.0 { format!("{:.2} x", one / other) } else { "-".to_owned() }
}
