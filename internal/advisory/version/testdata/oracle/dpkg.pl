use strict;
use warnings;
use Dpkg::Version;

while (my $line = <STDIN>) {
    chomp $line;
    my ($x, $y) = map { Dpkg::Version->new($_) } split /\t/, $line, -1;
    print $x->is_valid && $y->is_valid ? version_compare("$x", "$y") : '!', "\n";
}
