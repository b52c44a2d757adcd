package source

import (
	"context"
	"errors"
)

// Open finds and opens [SOURCE:]NAME. The error of a bare name is a *NotFound.
func Open(ctx context.Context, o Options) (*Opened, error) {
	return nil, errors.New("not built yet")
}

// Images lists the images of the local engine, a tag each, sorted by name.
// It gives up after a short deadline, so that a shell's completion may ask.
func Images(ctx context.Context, o Options) ([]ImageName, error) {
	return nil, errors.New("not built yet")
}
