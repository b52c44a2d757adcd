package browse

import (
	"context"
	"errors"
	"os"

	tea "charm.land/bubbletea/v2"
)

// ErrInterrupted is the error of a browser that was left by Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// Run shows the model on a terminal until the person is done or ctx ends. env
// are variables as the process has them ("TERM=xterm").
func Run(ctx context.Context, m *Model, in, out *os.File, env []string) error {
	_, err := tea.NewProgram(program{m}, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out),
		tea.WithEnvironment(env), tea.WithoutSignalHandler()).Run()
	if errors.Is(err, tea.ErrInterrupted) {
		return ErrInterrupted
	}
	return err
}

// program makes of a Model what Bubble Tea runs.
type program struct{ m *Model }

var _ tea.Model = program{}

func (p program) Init() tea.Cmd { return nil }

func (p program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.m.Resize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+c" {
			return p, tea.Interrupt
		}
		if p.m.Press(msg.String(), msg.Text) {
			return p, tea.Quit
		}
	}
	return p, nil
}

func (p program) View() tea.View {
	v := tea.NewView(p.m.Screen())
	v.AltScreen = true
	return v
}
