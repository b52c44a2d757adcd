package workload

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"sync/atomic"
	"time"

	contentapi "github.com/containerd/containerd/api/services/content/v1"
	imagesapi "github.com/containerd/containerd/api/services/images/v1"
	introspectionapi "github.com/containerd/containerd/api/services/introspection/v1"
	leasesapi "github.com/containerd/containerd/api/services/leases/v1"
	snapshotsapi "github.com/containerd/containerd/api/services/snapshots/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Headers that containerd's services read.
const (
	namespaceHeader = "containerd-namespace"
	leaseHeader     = "containerd-lease"
	// expireLabel makes containerd's garbage collection drop a lease by itself.
	expireLabel = "containerd.io/gc.expire"
)

// Plugin types of containerd whose directories are asked for.
const (
	ContentPlugin     = "io.containerd.content.v1"
	SnapshotterPlugin = "io.containerd.snapshotter.v1"
)

// Containerd is a connection to a containerd, in one of its namespaces. It may
// be used from several goroutines.
type Containerd struct {
	// Socket is the path of its Unix socket.
	Socket string

	conn      *grpc.ClientConn
	namespace string
	peer      atomic.Int64
}

// ConnectContainerd prepares a connection; it is made by the first question.
func ConnectContainerd(socket, namespace string) (*Containerd, error) {
	c := &Containerd{Socket: socket, namespace: namespace}
	conn, err := grpc.NewClient("passthrough:///containerd",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "unix", socket)
			if err == nil {
				if pid, err := peerPID(conn); err == nil {
					c.peer.Store(int64(pid))
				}
			}
			return conn, err
		}),
		grpc.WithUserAgent("bulwark"),
	)
	if err != nil {
		return nil, fmt.Errorf("containerd at %s: %w", socket, err)
	}
	c.conn = conn
	return c, nil
}

// Close closes the connection.
func (c *Containerd) Close() error { return c.conn.Close() }

// PeerPID gives the process that serves the socket, in our pid namespace; 0
// when that is not known, or before the first question.
func (c *Containerd) PeerPID() int { return int(c.peer.Load()) }

// ask gives the context of one question.
func (c *Containerd) ask(ctx context.Context, lease string) (context.Context, context.CancelFunc) {
	pairs := []string{namespaceHeader, c.namespace}
	if lease != "" {
		pairs = append(pairs, leaseHeader, lease)
	}
	return context.WithTimeout(metadata.AppendToOutgoingContext(ctx, pairs...), askTimeout)
}

// answer turns a status into an error of ours.
func (c *Containerd) answer(what string, err error) error {
	if err == nil {
		return nil
	}
	st, _ := status.FromError(err)
	switch st.Code() {
	case codes.NotFound:
		return fmt.Errorf("containerd at %s: %s: %w", c.Socket, what, fs.ErrNotExist)
	case codes.AlreadyExists:
		return fmt.Errorf("containerd at %s: %s: %w", c.Socket, what, fs.ErrExist)
	case codes.DeadlineExceeded:
		return fmt.Errorf("containerd at %s: %s: %w", c.Socket, what, context.DeadlineExceeded)
	case codes.Canceled:
		return fmt.Errorf("containerd at %s: %s: %w", c.Socket, what, context.Canceled)
	}
	return fmt.Errorf("containerd at %s: %s: %w", c.Socket, what, &EngineError{Message: st.Message()})
}

// PluginRoot gives the directory in which a plugin keeps what it has. id may be
// empty when there is one plugin of the type.
func (c *Containerd) PluginRoot(ctx context.Context, pluginType, id string) (string, error) {
	ctx, cancel := c.ask(ctx, "")
	defer cancel()
	filter := fmt.Sprintf("type==%s", pluginType)
	if id != "" {
		filter += ",id==" + id
	}
	resp, err := introspectionapi.NewIntrospectionClient(c.conn).Plugins(ctx, &introspectionapi.PluginsRequest{Filters: []string{filter}})
	if err != nil {
		return "", c.answer("plugins", err)
	}
	for _, p := range resp.GetPlugins() {
		if root := p.GetExports()["root"]; root != "" {
			return root, nil
		}
	}
	return "", fmt.Errorf("containerd at %s: plugin %s does not say where its files are: %w", c.Socket, pluginType, errors.ErrUnsupported)
}

// Content reads a blob of at most limit bytes. Its digest is not checked.
func (c *Containerd) Content(ctx context.Context, digest string, limit int64) ([]byte, error) {
	ctx, cancel := c.ask(ctx, "")
	defer cancel()
	stream, err := contentapi.NewContentClient(c.conn).Read(ctx, &contentapi.ReadContentRequest{Digest: digest})
	if err != nil {
		return nil, c.answer("content "+digest, err)
	}
	var b []byte
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, c.answer("content "+digest, err)
		}
		if int64(len(b)+len(part.GetData())) > limit {
			return nil, fmt.Errorf("containerd at %s: content %s is larger than %d bytes", c.Socket, digest, limit)
		}
		b = append(b, part.GetData()...)
	}
}

// HasImage reports whether any image record leads to the manifest or index with
// this digest.
func (c *Containerd) HasImage(ctx context.Context, digest string) (bool, error) {
	ctx, cancel := c.ask(ctx, "")
	defer cancel()
	resp, err := imagesapi.NewImagesClient(c.conn).List(ctx, &imagesapi.ListImagesRequest{Filters: []string{"target.digest==" + digest}})
	if err != nil {
		return false, c.answer("images", err)
	}
	return len(resp.GetImages()) > 0, nil
}

// Snapshot is one of containerd's snapshots.
type Snapshot struct {
	// Parent is the name of the snapshot below; empty for the first.
	Parent    string
	Committed bool
}

// Snapshot describes a snapshot. The error wraps fs.ErrNotExist when there is none.
func (c *Containerd) Snapshot(ctx context.Context, snapshotter, key string) (Snapshot, error) {
	ctx, cancel := c.ask(ctx, "")
	defer cancel()
	resp, err := snapshotsapi.NewSnapshotsClient(c.conn).Stat(ctx, &snapshotsapi.StatSnapshotRequest{Snapshotter: snapshotter, Key: key})
	if err != nil {
		return Snapshot{}, c.answer("snapshot "+key, err)
	}
	return Snapshot{
		Parent:    resp.GetInfo().GetParent(),
		Committed: resp.GetInfo().GetKind() == snapshotsapi.Kind_COMMITTED,
	}, nil
}

// Mount is how a snapshot is mounted.
type Mount struct {
	Type, Source string
	Options      []string
}

// View is a read-only view of a snapshot, which keeps the snapshots below it
// from being removed. It is held by a lease.
type View struct {
	Mounts []Mount

	containerd       *Containerd
	snapshotter, key string
	lease            string
}

// View makes a view of a snapshot. It lives until Close, or at most for the time
// given: then containerd drops it by itself.
func (c *Containerd) View(ctx context.Context, snapshotter, parent string, atMost time.Duration) (*View, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // crypto/rand.Read never fails
	name := "bulwark-" + hex.EncodeToString(random[:])
	v := &View{containerd: c, snapshotter: snapshotter, key: name + "-view", lease: name}
	ask, cancel := c.ask(ctx, "")
	defer cancel()
	_, err := leasesapi.NewLeasesClient(c.conn).Create(ask, &leasesapi.CreateRequest{
		ID:     name,
		Labels: map[string]string{expireLabel: time.Now().Add(atMost).UTC().Format(time.RFC3339)},
	})
	if err != nil {
		_ = v.dropLease(ctx) // it may have been made all the same; else it expires
		return nil, c.answer("make a lease", err)
	}
	ask, cancel2 := c.ask(ctx, v.lease)
	defer cancel2()
	resp, err := snapshotsapi.NewSnapshotsClient(c.conn).View(ask, &snapshotsapi.ViewSnapshotRequest{Snapshotter: snapshotter, Key: v.key, Parent: parent})
	if err != nil {
		_ = v.Close(ctx)
		return nil, c.answer("make a view of "+parent, err)
	}
	for _, m := range resp.GetMounts() {
		v.Mounts = append(v.Mounts, Mount{Type: m.GetType(), Source: m.GetSource(), Options: m.GetOptions()})
	}
	return v, nil
}

// Close removes the view and its lease, also when ctx is cancelled already.
func (v *View) Close(ctx context.Context) error {
	ask, cancel := v.containerd.ask(context.WithoutCancel(ctx), v.lease)
	defer cancel()
	_, err := snapshotsapi.NewSnapshotsClient(v.containerd.conn).Remove(ask, &snapshotsapi.RemoveSnapshotRequest{Snapshotter: v.snapshotter, Key: v.key})
	return errors.Join(ignoreMissing(v.containerd.answer("remove a view", err)), v.dropLease(ctx))
}

func (v *View) dropLease(ctx context.Context) error {
	ask, cancel := v.containerd.ask(context.WithoutCancel(ctx), "")
	defer cancel()
	_, err := leasesapi.NewLeasesClient(v.containerd.conn).Delete(ask, &leasesapi.DeleteRequest{ID: v.lease})
	return ignoreMissing(v.containerd.answer("remove a lease", err))
}

// Leases lists the leases of the namespace.
func (c *Containerd) Leases(ctx context.Context) ([]string, error) {
	ctx, cancel := c.ask(ctx, "")
	defer cancel()
	resp, err := leasesapi.NewLeasesClient(c.conn).List(ctx, &leasesapi.ListRequest{})
	if err != nil {
		return nil, c.answer("list leases", err)
	}
	ids := make([]string, 0, len(resp.GetLeases()))
	for _, l := range resp.GetLeases() {
		ids = append(ids, l.GetID())
	}
	return ids, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
