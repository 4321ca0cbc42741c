import torch
from torch import nn

from loihi_sleep import consolidation
from loihi_sleep.consolidation.torch_model import linear_outputs
from loihi_sleep.datasets.digits import load_digits

stream = load_digits(seed=0)
torch.manual_seed(0)
hidden = [nn.Linear(64, 200, bias=False), nn.Linear(200, 200, bias=False)]
model = nn.Sequential(hidden[0], nn.ReLU(), hidden[1], nn.ReLU(), nn.Linear(200, 10, bias=False))
memory = consolidation.Memory.empty(inputs=64, layers=3)


def knows():
    outputs = model(torch.tensor(stream.test.x).float())
    return f"{(outputs.argmax(dim=1) == torch.tensor(stream.test.y)).float().mean():.0%}"


for task, samples in enumerate(stream.train_by_task()):
    x, y = torch.tensor(samples.x).float(), nn.functional.one_hot(torch.tensor(samples.y), 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)  # your own training
    for batch in torch.split(torch.cat([torch.randperm(len(x)) for _ in range(5)]), 10):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[batch]), y[batch].float()).backward()
        optimizer.step()
    memory, evening = memory.after(samples.x, linear_outputs(model, x)), knows()
    model = consolidation.put_to_sleep(
        model, memory.night(550, 0.42, seed=task), maxima=memory.maxima
    )
    print(f"task {task + 1}: of all ten digits {evening} in the evening, {knows()} after sleep")
