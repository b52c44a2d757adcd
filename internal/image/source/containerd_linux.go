package source

import "context"

func openSnapshots(context.Context, *engineImage) (*Opened, error) {
	return nil, cannot("not built yet")
}
func openBlobs(context.Context, *engineImage) (*Opened, error) { return nil, cannot("not built yet") }
