//! The terminal of `paceline top`: draws what the table says, once a second, and hears keys.

use super::Operator;
use super::dump::Dump;
use super::table::{self, View};
use anyhow::Context as _;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Row, Table, TableState};
use ratatui::{DefaultTerminal, Frame};
use std::time::{Duration, Instant};

/// How often the server is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How long a key may wait to be heard.
const KEYS_EVERY: Duration = Duration::from_millis(50);
/// Most tasks asked for: a screen shows fewer, but sorting needs them.
const TASKS: usize = 20_000;

const KEYS: &str = " Tab view   < > column   r reverse   ↑ ↓ PgUp PgDn scroll   Space pause   q quit";

struct Screen {
    url: String,
    view: View,
    sorted_by: usize,
    reversed: bool,
    paused: bool,
    shown: TableState,
    dump: Dump,
    /// Why the last try failed.
    trouble: Option<String>,
}

/// Runs until the user has seen enough.
///
/// Errors: no terminal.
pub(crate) fn run(operator: &Operator, url: &str, view: View) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut screen = Screen {
        url: url.to_owned(),
        view,
        sorted_by: view.sorted_by(),
        reversed: false,
        paused: false,
        shown: TableState::default(),
        dump: Dump::default(),
        trouble: None,
    };
    let mut terminal = ratatui::try_init().context("this is no terminal; --once prints")?;
    let ended = follow(&mut terminal, &mut screen, || runtime.block_on(operator.fetch(TASKS)));
    ratatui::restore();
    ended
}

#[expect(clippy::disallowed_methods, reason = "a screen is drawn in real time")]
fn follow(
    terminal: &mut DefaultTerminal,
    screen: &mut Screen,
    fetch: impl Fn() -> anyhow::Result<Dump>,
) -> anyhow::Result<()> {
    let mut next = Instant::now();
    loop {
        if Instant::now() >= next {
            if !screen.paused {
                screen.take(fetch());
            }
            next = Instant::now() + EVERY;
        }
        terminal.draw(|frame| screen.draw(frame))?;
        if event::poll(KEYS_EVERY)?
            && let Event::Key(key) = event::read()?
            && !screen.hear(key)
        {
            return Ok(());
        }
    }
}

impl Screen {
    fn take(&mut self, fetched: anyhow::Result<Dump>) {
        match fetched {
            Ok(dump) => (self.dump, self.trouble) = (dump, None),
            // What was seen last stays: it may be the last word of a dying server.
            Err(error) => self.trouble = Some(format!("{error:#}")),
        }
    }

    /// Does what a key says. Returns whether to go on.
    fn hear(&mut self, key: KeyEvent) -> bool {
        if key.kind == KeyEventKind::Release {
            return true;
        }
        let columns = self.view.heads().len();
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return false,
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
            KeyCode::Tab => {
                self.view = self.view.next();
                (self.sorted_by, self.reversed) = (self.view.sorted_by(), false);
                self.shown = TableState::default();
            }
            KeyCode::Char('<') | KeyCode::Left => self.sorted_by = (self.sorted_by + columns - 1) % columns,
            KeyCode::Char('>') | KeyCode::Right => self.sorted_by = (self.sorted_by + 1) % columns,
            KeyCode::Char('r') => self.reversed = !self.reversed,
            KeyCode::Char(' ') => self.paused = !self.paused,
            KeyCode::Down => self.shown.scroll_down_by(1),
            KeyCode::Up => self.shown.scroll_up_by(1),
            KeyCode::PageDown => self.shown.scroll_down_by(20),
            KeyCode::PageUp => self.shown.scroll_up_by(20),
            _ => {}
        }
        true
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let areas = Layout::vertical([Constraint::Length(4), Constraint::Min(1), Constraint::Length(1)]);
        let [top, middle, bottom] = areas.areas(frame.area());
        frame.render_widget(Paragraph::new(self.heading()), top);
        let heads: Vec<String> = self.heads();
        let rows = table::rows(&self.dump, self.view, self.sorted_by, self.reversed);
        let cells: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        let widths = table::widths(&heads, &cells).into_iter().map(|width| Constraint::Length(width as u16));
        let state = heads.iter().position(|head| head.starts_with("STATE"));
        let drawn = cells.into_iter().map(|row| {
            let blocked = state.is_some_and(|state| row[state] == "blocked" || row[state] == "stuck");
            let style = if blocked { Style::new().fg(Color::Red) } else { Style::new() };
            Row::new(row).style(style)
        });
        let head = Row::new(heads).style(Style::new().add_modifier(Modifier::REVERSED));
        let table = Table::new(drawn, widths).header(head).column_spacing(2);
        let table = table.row_highlight_style(Style::new().add_modifier(Modifier::BOLD));
        frame.render_stateful_widget(table, middle, &mut self.shown);
        frame.render_widget(Paragraph::new(KEYS).style(Style::new().add_modifier(Modifier::DIM)), bottom);
    }

    fn heading(&self) -> Vec<Line<'_>> {
        let [tasks, second] = table::summary(&self.dump);
        let paused = if self.paused { "  paused" } else { "" };
        let title = format!("paceline {}  {}  {}{paused}", self.dump.version, self.url, self.dump.at);
        let mut lines = vec![
            Line::from(Span::styled(title, Style::new().add_modifier(Modifier::BOLD))),
            Line::from(tasks),
            Line::from(second),
        ];
        if let Some(trouble) = &self.trouble {
            lines.push(Line::from(Span::styled(trouble.as_str(), Style::new().fg(Color::Red))));
        }
        lines
    }

    /// Heads, with the one that is sorted by marked.
    fn heads(&self) -> Vec<String> {
        let mark = if self.reversed { "▲" } else { "▼" };
        let marked = |(column, head): (usize, &&str)| match column == self.sorted_by {
            true => format!("{head}{mark}"),
            false => (*head).to_owned(),
        };
        self.view.heads().iter().enumerate().map(marked).collect()
    }
}
